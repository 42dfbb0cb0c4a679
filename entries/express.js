import { createExpress } from '../dist/adapters.js';
import * as api from '../index.js';

export const { requireWorkosToken } = createExpress(api);
