export * from './next.cjs';
