import { createExpress } from '../dist/index.js';
import * as api from '../index.js';

export const { requireWorkosToken } = createExpress(api);
