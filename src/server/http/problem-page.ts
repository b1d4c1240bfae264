/** A problem for people: what a browser shows that has opened an address and was refused. */
import type { FastifyRequest } from 'fastify';
import type { Problem } from '../../protocol/index.js';

/** Whether a browser has opened the address to show what is there; programs get problem+json. */
export function isShown({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !url.startsWith('/v1/') && !!headers.accept?.includes('text/html');
}

/** The whole page. It needs nothing but itself: the site may be what is missing. */
export function problemPage({ title, detail, instance }: Problem): string {
  const shown = title.replace(/\.?$/, '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escaped(shown)}</title>
</head>
<body>
<main>
<h1>${escaped(shown)}</h1>
${detail ? `<p>${escaped(detail)}</p>` : ''}
<p><small>Request ${escaped(instance ?? '')}</small></p>
</main>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ENTITIES[sign]!);
}
