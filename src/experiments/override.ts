/**
 * The variant that `?<key>=<index>` asks for, for a look at each variant before it counts; null
 * where the URL asks for none of the `count` there are. Indices are whole numbers of up to three
 * digits, 0 the control; GrowthBook's SDK also takes the digits of `1x`. `url` may be relative.
 */
export function queryOverride(key: string, url: string, count: number): number | null {
  const query = url.split('#', 1)[0]!.split('?')[1];
  const value = new URLSearchParams(query).get(key) ?? '';
  return /^\d{1,3}$/.test(value) && Number(value) < count ? Number(value) : null;
}
