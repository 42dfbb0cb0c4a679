export { unavailable as requireWorkosToken } from './sentence.ts';
