/** Turns the description of an experiment's traffic into events. */
import type { WireEvent } from '../../protocol/index.js';
import type { Conversions, DemoExperiment, Traffic } from './experiments.js';
import { createRandom, logNormal, type Random } from './random.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Visitors by day of the week, Sunday first: fewer at the weekend. */
const WEEKDAYS = [0.78, 1.1, 1.12, 1.08, 1.05, 0.98, 0.82];

/**
 * Exposures and conversions of one experiment until `now`. Who meets what and does what is the
 * same every time; only the times move with `now`.
 */
export function trafficOf(experiment: DemoExperiment, now: number): WireEvent[] {
  const { key, traffic, stopped = 0 } = experiment;
  if (!traffic) return [];
  const random = createRandom(seedOf(key));
  const arrival = arrivals(startOf(experiment, now), now - stopped * DAY);
  return Array.from({ length: traffic.units }, (_, i) => {
    const at = arrival((i + random()) / traffic.units);
    return visit(experiment, traffic, i, at, random).filter((event) => event.at <= now);
  }).flat();
}

function visit(
  { key, row: { variants, phase, hashVersion } }: DemoExperiment,
  { shares, multiple, conversions }: Traffic,
  index: number,
  at: number,
  random: Random,
): WireEvent[] {
  const unit = `${key}-visitor-${index}`;
  const met = pick(shares, random());
  const exposure = (variant: number, when: number): WireEvent => ({
    type: 'exposure',
    id: `seed-${key}-${index}-${variant}`,
    experiment: key,
    phase,
    variant: variants[variant]!.key,
    unit,
    at: Math.round(when),
    hashVersion,
  });
  const events = [exposure(met, at)];
  if (random() < multiple) events.push(exposure((met + 1) % variants.length, at + HOUR));
  for (const conversion of conversions) {
    const happens = random() < conversion.rates[met]!;
    const delay = random() * conversion.within * HOUR;
    const value = valueOf(conversion, met, random);
    if (!happens) continue;
    events.push({
      type: 'conversion',
      id: `seed-${key}-${index}-${conversion.event}`,
      name: conversion.event,
      unit,
      ...(value === null ? {} : { value }),
      at: Math.round(at + delay),
    });
  }
  return events;
}

/** To the cent, or the hundredth of a second. */
function valueOf({ value }: Conversions, variant: number, random: Random): number | null {
  if (!value) return null;
  return Math.round(logNormal(random, value.means[variant]!, value.sigma) * 100) / 100;
}

/** Maps [0, 1) onto a stretch of time, denser on the days with more visitors. */
function arrivals(from: number, to: number): (share: number) => number {
  const days: { at: number; length: number; before: number; weight: number }[] = [];
  let total = 0;
  for (let at = from; at < to; at += DAY) {
    const length = Math.min(DAY, to - at);
    const weight = WEEKDAYS[new Date(at).getUTCDay()]! * (length / DAY);
    days.push({ at, length, before: total, weight });
    total += weight;
  }
  return (share) => {
    const target = share * total;
    const day = days.findLast(({ before }) => before <= target)!;
    return day.at + ((target - day.before) / day.weight) * day.length;
  };
}

/** When an experiment started: at midnight (UTC), so that its first day is a whole one. */
export function startOf({ started = 0 }: DemoExperiment, now: number): number {
  return (Math.floor(now / DAY) - started) * DAY;
}

/** The index where the cumulated shares pass `point`. */
function pick(shares: readonly number[], point: number): number {
  let sum = 0;
  const index = shares.findIndex((share) => (sum += share) > point);
  return index === -1 ? shares.length - 1 : index;
}

/** A number for a name (FNV-1a). */
function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}
