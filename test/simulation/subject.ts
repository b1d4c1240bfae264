/** What a world is made of that is not the world: the runtime itself, and the server's model. */
export * from '../../src/sync/index.js';
export { ModelServer } from '../sync/world/model-server.js';
