import { expect } from 'chai';
import fc from 'fast-check';
import { readFailure } from '../../src/elements/error-page/failure.js';

describe('what the error page reads from an error', () => {
  it('takes status, title, detail, instance and code of a problem', () => {
    const failure = readFailure({
      status: 422,
      title: 'The input does not fit',
      detail: 'weights must sum to 1',
      instance: 'req-1',
      code: 'invalid',
    });
    expect(failure).to.deep.equal({
      status: '422',
      id: 'req-1',
      message: 'The input does not fit: weights must sum to 1 (invalid)',
      stack: '',
    });
  });

  it('takes name, message and stack of an error', () => {
    const error = new TypeError('x is not a function');
    expect(readFailure(error).message).to.equal('TypeError: x is not a function');
    expect(readFailure(error).stack).to.equal(error.stack ?? '');
  });

  it('knows a timeout by its name', () => {
    expect(readFailure(new DOMException('too slow', 'TimeoutError')).status).to.equal('timeout');
  });

  it('takes the status of a response', () => {
    expect(readFailure(new Response(null, { status: 503 })).status).to.equal('503');
  });

  it('has nothing to say about nothing', () => {
    for (const nothing of [null, undefined]) {
      expect(readFailure(nothing)).to.deep.equal({ status: '', id: '', message: '', stack: '' });
    }
  });

  it('never throws, whatever was thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (thrown) => {
        const { status, id, message, stack } = readFailure(thrown);
        for (const part of [status, id, message, stack]) expect(part).to.be.a('string');
      }),
    );
  });
});
