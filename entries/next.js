import { createNext } from '../dist/adapters.js';
import * as api from '../index.js';

export const { withWorkosToken } = createNext(api);
