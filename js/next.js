import * as api from '../index.js';
import { createNext } from './adapters/next.cjs';

export const { withWorkosToken } = createNext(api);
