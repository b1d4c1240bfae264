export { BytelystProvider, type BytelystProviderOptions } from './provider.js';
