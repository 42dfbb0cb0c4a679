import * as api from '../index.js';
import { createWeb } from './adapters/web.cjs';

export const { authenticateRequest, errorToResponse } = createWeb(api);
