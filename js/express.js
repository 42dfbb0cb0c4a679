import * as api from '../index.js';
import { createExpress } from './adapters/express.cjs';

export const { requireWorkosToken } = createExpress(api);
