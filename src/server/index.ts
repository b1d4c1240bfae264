/** What `bytelyst.config.ts` imports from `@bytelyst/server`. */
export {
  type ChangeOf,
  type CollectionConfig,
  type Config,
  defineConfig,
  type LanguageModelConfig,
  type MemberConfig,
  type RateLimits,
  type RowOf,
  type WorkspaceConfig,
} from './config/config.js';
export type { AuthConfig } from './access/auth-config.js';
export type { UserRole, Who } from './access/identity.js';
