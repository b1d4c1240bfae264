/** The short form of `npm run simulate -- stats`: the same studies, fewer runs. */
import { expect } from 'chai';
import { isKept, table } from './simulation/report.js';
import { studies } from './simulation/studies.js';

describe('what the statistics promise', () => {
  for (const study of studies) {
    it(`keeps what its study of ${study.name} asks`, () => {
      const result = study(0.02, 20261123);
      expect(isKept(result), table(result)).to.equal(true);
    }).timeout(120_000);
  }
});
