import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

interface Binding {
  errorCodes(): string[];
  allowableAlgorithms(): string[];
}

/** The addon that the package has loaded: it is no part of what users can import. */
export function loadedBinding(): Binding {
  const loaded = Object.values(require.cache).map((module) => module?.exports);
  const binding = loaded.find((exports) => typeof exports?.errorCodes === 'function');
  if (binding === undefined) throw new Error('import index.js first');
  return binding;
}
