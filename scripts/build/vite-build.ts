import { build, type InlineConfig } from 'vite';

/** Vite's build; what it does to `NODE_ENV` of this process is undone. */
export async function viteBuild(config: InlineConfig): Promise<void> {
  const before = process.env['NODE_ENV'];
  try {
    await build(config);
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}
