export { unavailable as createMcpResource } from './sentence.ts';
