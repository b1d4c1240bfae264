/**
 * The regularised incomplete gamma and beta functions, both tails. A tail is always computed as
 * itself, never as 1 minus the other, so that it keeps its digits down to 1e-300.
 *
 * The factor in front is Loader's saddle-point form (“Fast and Accurate Computation of Binomial
 * Probabilities”, 2000), which does not subtract large logarithms; the beta function's continued
 * fraction is the one of Didonato & Morris (ACM TOMS 708, 1992), the gamma function's Lentz's.
 */

/** [lower, upper]; they sum to 1. */
export type Tails = [lower: number, upper: number];

const EPSILON = Number.EPSILON / 2;
/** Enough for shapes up to 1e10, whose terms fall off with the square root. */
const MAX_TERMS = 2_000_000;
const LOG_SQRT_2PI = 0.9189385332046728;

/** What Stirling's formula leaves out: ln Γ(z) − [(z − ½) ln z − z + ½ ln 2π], for z > 0. */
export function stirlingError(z: number): number {
  // Half of every comparison's work would be to find this one again.
  if (z === 0.5) return 0.5 * (1 - Math.LN2);
  let shifted = 0;
  for (; z < 16; z++) {
    shifted += z < 3 ? (z + 0.5) * Math.log1p(1 / z) - 1 : (z + 0.5) * log1pMinus(1 / z) + 0.5 / z;
  }
  const s = 1 / (z * z);
  const series =
    1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - (s * 691) / 360360))));
  return shifted + series / z;
}

/** ln Γ(z) for z > 0. */
export function logGamma(z: number): number {
  return (z - 0.5) * Math.log(z) - z + LOG_SQRT_2PI + stirlingError(z);
}

/** a ln(a/m) + m − a: Loader's deviance, exact also where a is close to m; `excess` is m − a. */
function deviance(a: number, m: number, excess: number): number {
  const relative = excess / a;
  if (Math.abs(relative) < 0.3) return -a * log1pMinus(relative);
  // The quotient would overflow beside a subnormal number.
  const log = m < 1e-290 ? Math.log(a) - Math.log(m) : Math.log(a / m);
  return a * log + excess;
}

/** ln(1 + x) − x without cancellation, for x > −1. */
function log1pMinus(x: number): number {
  if (Math.abs(x) > 0.3) return Math.log1p(x) - x;
  // ln(1+x) = 2 artanh(r) with r = x/(2+x); 2r − x = −x·r, the rest is a fast series.
  const r = x / (2 + x);
  const r2 = r * r;
  let power = r2 * r;
  let sum = 0;
  for (let k = 3; Math.abs(power) > EPSILON * Math.abs(sum) * k; k += 2) {
    sum += power / k;
    power *= r2;
  }
  return 2 * sum - x * r;
}

/** xᵃ e⁻ˣ / Γ(a): the density of ln X for a gamma variable X. */
export function gammaKernel(a: number, x: number): number {
  if (x === 0 || x === Infinity) return 0;
  return Math.sqrt(a / (2 * Math.PI)) * Math.exp(-stirlingError(a) - deviance(a, x, x - a));
}

/** P(a, x) and Q(a, x), the regularised incomplete gamma functions; a > 0, x ≥ 0. */
export function gammaTails(a: number, x: number): Tails {
  if (x <= 0) return [0, 1];
  if (x === Infinity) return [1, 0];
  const kernel = gammaKernel(a, x);
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < MAX_TERMS && term > sum * EPSILON; n++) {
      term *= x / (a + n);
      sum += term;
    }
    const lower = Math.min(1, kernel * sum);
    return [lower, 1 - lower];
  }
  let b = x + 1 - a;
  let c = Infinity;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < MAX_TERMS; n++) {
    const term = -n * (n - a);
    b += 2;
    d = 1 / (term * d + b);
    c = b + term / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) <= 2 * EPSILON) break;
  }
  const upper = Math.min(1, kernel * fraction);
  return [1 - upper, upper];
}

/** xᵃ yᵇ / B(a, b) with y = 1 − x, given apart so that neither loses digits. */
export function betaKernel(a: number, b: number, x: number, y: number): number {
  if (x === 0 || y === 0) return 0;
  const n = a + b;
  // Of large shapes even the rounding of n·x shows, far out in the tail.
  const excess = x < y ? product(n, x, -a) : -product(n, y, -b);
  return (
    Math.sqrt((a / n) * (b / (2 * Math.PI))) *
    Math.exp(
      stirlingError(n) -
        stirlingError(a) -
        stirlingError(b) -
        deviance(a, n * x, excess) -
        deviance(b, n * y, -excess),
    )
  );
}

/** p·q + r, the product without its rounding (Dekker, 1971). */
function product(p: number, q: number, r: number): number {
  const high = (x: number): number => {
    const scaled = 134217729 * x;
    return scaled - (scaled - x);
  };
  const [rounded, ph, qh] = [p * q, high(p), high(q)];
  const [pl, ql] = [p - ph, q - qh];
  return rounded + r + (ph * qh - rounded + ph * ql + pl * qh + pl * ql);
}

/** I_x(a, b) and I_y(b, a), the regularised incomplete beta functions; a, b > 0, x + y = 1. */
export function betaTails(a: number, b: number, x: number, y: number): Tails {
  if (x <= 0) return [0, 1];
  if (y <= 0) return [1, 0];
  const kernel = betaKernel(a, b, x, y);
  const lambda = a > b ? (a + b) * y - b : a - (a + b) * x;
  if (lambda >= 0) {
    const lower = Math.min(1, kernel * betaFraction(a, b, x, y, lambda));
    return [lower, 1 - lower];
  }
  const upper = Math.min(1, kernel * betaFraction(b, a, y, x, -lambda));
  return [1 - upper, upper];
}

/** TOMS 708, BFRAC: lambda = (a + b)·y − b ≥ 0. */
function betaFraction(a: number, b: number, x: number, y: number, lambda: number): number {
  const c = 1 + lambda;
  const c0 = b / a;
  const c1 = 1 + 1 / a;
  let p = 1;
  let s = a + 1;
  let an = 0;
  let bn = 1;
  let an1 = 1;
  let bn1 = c / c1;
  let r = c1 / c;
  for (let n = 1; n < MAX_TERMS; n++) {
    const t = n / a;
    const w = n * (b - n) * x;
    let e = a / s;
    const alpha = p * (p + c0) * e * e * (w * x);
    e = (1 + t) / (c1 + t + t);
    const beta = n + w / s + e * (c + n * (1 + y));
    p = 1 + t;
    s += 2;
    [an, an1] = [an1, alpha * an + beta * an1];
    [bn, bn1] = [bn1, alpha * bn + beta * bn1];
    const before = r;
    r = an1 / bn1;
    if (Math.abs(r - before) <= 2 * EPSILON * r) break;
    an /= bn1;
    bn /= bn1;
    an1 = r;
    bn1 = 1;
  }
  return r;
}
