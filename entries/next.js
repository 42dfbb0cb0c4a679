import { createNext } from '../dist/index.js';
import * as api from '../index.js';

export const { withWorkosToken } = createNext(api);
