export { unavailable as requireWorkosToken } from './sentence.js';
