export { unavailable as withWorkosToken } from './sentence.ts';
