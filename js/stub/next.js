export { unavailable as withWorkosToken } from './sentence.js';
