export { createTestIssuer } from './testing.cjs';
