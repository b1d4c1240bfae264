/** `GET /metrics`: what Prometheus scrapes. Labels are bounded: routes as declared, never as asked. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../database/database.js';
import type { LiveStreams } from '../sync/live.js';
import { type Admission, REQUEST_KINDS } from './admission.js';

export interface AnsweredRequest {
  method: string;
  /** As declared; absent where no route fits. */
  route: string | undefined;
  status: number;
  ms: number;
}

export interface Metrics {
  readonly contentType: string;
  answered(request: AnsweredRequest): void;
  text(): Promise<string>;
}

/** Memory, processor, open files, event loop and garbage collection: a process has them once. */
const ofProcess = new Registry();

export function createMetrics(
  database: Database,
  admission: Admission,
  streams: LiveStreams,
): Metrics {
  if (!ofProcess.getMetricsAsArray().length) collectDefaultMetrics({ register: ofProcess });
  const registry = new Registry();
  const registers = [registry];

  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });

  const requests = new Histogram({
    name: 'bytelyst_http_request_duration_seconds',
    help: 'From the head of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  new Gauge({
    name: 'bytelyst_requests_waiting',
    help: 'Requests in the queue.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const kind of REQUEST_KINDS) this.set({ kind }, admission.waiting(kind));
    },
  });
  new Counter({
    name: 'bytelyst_requests_shed_total',
    help: 'Requests turned away because there were too many.',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset();
      for (const kind of REQUEST_KINDS) this.inc({ kind }, admission.shed(kind));
    },
  });
  new Counter({
    name: 'bytelyst_live_streams_dropped_total',
    help: 'Live streams ended because their readers were too slow.',
    registers,
    collect() {
      this.reset();
      this.inc(streams.dropped);
    },
  });
  gauge('bytelyst_requests_running', 'Requests that are worked on.', () => admission.running());
  gauge('bytelyst_live_streams', 'Live streams that are open.', () => streams.open);
  gauge(
    'bytelyst_database_connections',
    'Connections of the pool.',
    () => database.load().connections,
  );
  gauge('bytelyst_database_connections_idle', 'Of them unused.', () => database.load().idle);
  gauge(
    'bytelyst_database_waiting',
    'Statements and transactions that wait for a connection.',
    () => database.load().waiting,
  );

  return {
    contentType: registry.contentType,
    answered({ method, route = 'none', status, ms }) {
      requests.observe({ method, route, status }, ms / 1_000);
    },
    text: async () => `${await registry.metrics()}\n${await ofProcess.metrics()}`,
  };
}
