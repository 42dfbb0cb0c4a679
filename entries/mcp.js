import { createMcp } from '../dist/adapters.js';
import * as api from '../index.js';

export const { createMcpResource } = createMcp(api);
