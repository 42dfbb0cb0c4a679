import { createWeb } from '../dist/adapters.js';
import * as api from '../index.js';

export const { authenticateRequest, errorToResponse } = createWeb(api);
