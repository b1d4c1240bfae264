/** What a colour means. Never the only sign of it: words or an icon say it too. */
export type Tone = 'neutral' | 'accent' | 'info' | 'success' | 'warning' | 'danger';
