import { create as createFastJwt } from './fast-jwt.mjs';

// `true` is its default size: 1,000 tokens.
export function create(input) {
  return createFastJwt(input, true);
}
