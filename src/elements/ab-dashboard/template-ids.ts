/** Starting points for a first experiment; `form/templates.ts` fills them in. */
export type TemplateId = 'conversion' | 'revenue' | 'aa';
export const TEMPLATES: readonly TemplateId[] = ['conversion', 'revenue', 'aa'];
