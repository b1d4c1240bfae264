/** What the charts say, in English. */
export const variantChartMessages = {
  day: 'Day',
  between: (low: string, high: string) => `${low} to ${high}`,
};
export type VariantChartMessages = typeof variantChartMessages;
