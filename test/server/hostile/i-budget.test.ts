/** I: the sync protocol, by clients that ask without end. */
import { expect } from 'chai';
import { countCase, thorough } from './counts.js';
import { hostile } from './suite.js';
import type { Answer } from './wire.js';

hostile(
  'I the sync protocol, with a budget',
  (category) => {
    category(
      151,
      'more tiny pushes than the budget allows',
      async (attack) => {
        // One connection after the other for each of the clients, all they send in one go.
        const [clients, requests] = thorough ? [20, 100_000] : [20, 200];
        const each = thorough ? 250 : 10;
        const flood = async (name: string): Promise<Answer[]> => {
          const sent = await Promise.all(
            Array.from({ length: each }, async (_, i) => {
              const mutations = [attack.mutation({ key: `${name}-${i}` })];
              const headers = i < each - 1 ? { Connection: 'keep-alive' } : {};
              return attack.bytes({ body: { client: attack.client, mutations }, headers });
            }),
          );
          countCase(151, each - 1);
          const told = await attack.talk(name, sent.flat(), { answers: each, timeout: 60_000 });
          expect(told, name).to.have.length(each);
          for (const answer of told) attack.check(name, answer, [200, 429, 503]);
          return told;
        };
        const told = await Promise.all(
          Array.from({ length: clients }, async (_, i) => {
            const all: Answer[] = [];
            for (let j = 0; j < requests / clients / each; j++) {
              all.push(...(await flood(`tiny-${i}-${j}`)));
            }
            return all;
          }),
        );
        const answers = told.flat();
        for (const answer of answers) {
          if (answer.status !== 200)
            expect(Number(answer.headers['retry-after']?.[0])).to.be.above(0);
        }
        expect(answers.filter(({ status }) => status === 429)).not.to.have.length(0);
        const stored = Object.keys(await attack.rows()).filter((key) => key.startsWith('tiny-'));
        expect(stored).to.have.length(answers.filter(({ status }) => status === 200).length);
      },
      { stores: true },
    );
  },
  { config: () => ({ rateLimits: { push: 40 } }) },
);
