import { createWeb } from '../dist/index.js';
import * as api from '../index.js';

export const { authenticateRequest, errorToResponse } = createWeb(api);
