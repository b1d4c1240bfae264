import { expect } from 'chai';
import { indexedDBStorage } from '../../../src/sync/index.js';
import { canLimitQuota, limitQuota } from '../../tools/page.js';
import { World } from '../world/world.js';

if (canLimitQuota)
  describe('a disk that is really full', () => {
    it('refuses with a typed error, loses nothing by it, and works again', async function () {
      this.timeout(120_000);
      const world = new World();
      const storage = indexedDBStorage(`test-${crypto.randomUUID()}`);
      const device = world.device(storage);
      device.online = false;
      const engine = world.tab({ device });
      await engine.ready;
      try {
        await limitQuota(1_000);
        let written = 0;
        let error: unknown;
        // Chromium asks for the quota only now and then: within half a minute it has.
        while (!error) {
          const write = engine.push('tasks', { title: 'x'.repeat(50_000) }, 'create');
          await write.then(
            () => written++,
            (refusal: unknown) => (error = refusal),
          );
          await new Promise((done) => setTimeout(done, 200));
        }
        expect(error).to.have.property('code', 'quota');
        const full = { status: 'error', storage: 'degraded', pending: written };
        expect(engine.getStatus()).to.deep.include(full);
        await limitQuota(null);
        await engine.push('tasks', { title: 'Space again' }, 'create');
        expect(engine.getStatus()).to.deep.include({ storage: 'ok', pending: written + 1 });
        await engine.close();
        const again = world.tab({ device });
        await again.ready;
        expect(again.getQueueLength()).to.equal(written + 1);
      } finally {
        await limitQuota(null);
        await world.end();
        await storage.destroy();
      }
    });
  });
