/** `GET /openapi.json`: OpenAPI 3.1, made of the routes that are there and what is said of them. */
import type { FastifyInstance } from 'fastify';
import { idSchema, unitSchema } from '../../protocol/schemas.js';
import { type Operation, operations, type Parameter } from './operations.js';
import { problemSchema } from './schemas.js';

/** A route as declared, with the role it takes. */
export interface Route {
  method: string;
  path: string;
  access: string;
}

/** Call it before any route is declared; the routes are listed in what it returns as they come. */
export function addOpenApi(app: FastifyInstance): readonly Route[] {
  const routes: Route[] = [];
  app.addHook('onRoute', ({ method, url: path, config }) => {
    for (const name of Array.isArray(method) ? method : [method]) {
      routes.push({ method: name, path, access: config?.access ?? 'public' });
    }
  });
  let text: string | undefined;
  app.get('/openapi.json', async (_request, reply) => {
    text ??= JSON.stringify(describeRoutes(routes));
    return reply
      .header('content-type', 'application/json')
      .header('cache-control', 'no-cache')
      .send(text);
  });
  return routes;
}

/** The document; routes that nothing is said of, pages and files, are not in it. */
export function describeRoutes(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const operation = operations[`${route.method} ${route.path}`];
    if (!operation) continue;
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = describe(route, operation);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'ByteLyst server', version: '1' },
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A JWT, or a write key.' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-bytelyst-session' },
      },
    },
  };
}

/** What stands in paths. */
const PATH_SCHEMAS: Readonly<Record<string, object>> = { key: idSchema, id: unitSchema };

function describe({ path, access }: Route, operation: Operation) {
  const { summary, query = {}, headers = {}, body, answers } = operation;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  const parameters = [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: PATH_SCHEMAS[name] })),
    ...Object.entries(query).map((parameter) => describeParameter('query', parameter)),
    ...Object.entries(headers).map((parameter) => describeParameter('header', parameter)),
  ];
  return {
    summary,
    ...(access === 'public'
      ? { security: [] }
      : { 'x-role': access, security: [{ token: [] }, { session: [] }] }),
    ...(parameters.length && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: body.schema, example: body.example } },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { about, type = 'application/json', schema }]) => [
          status,
          { description: about, ...(schema && { content: { [type]: { schema } } }) },
        ]),
      ),
      default: {
        description: 'What went wrong, by its stable `code`.',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
  };
}

function describeParameter(place: string, [name, parameter]: [string, Parameter]): object {
  const { about, schema, required = false, example } = parameter;
  return { name, in: place, description: about, required, schema, ...(example && { example }) };
}
