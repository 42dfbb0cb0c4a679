// For checking the loaders: the platform packages are no dependencies here.
declare module 'verify-workos-token-*' {
  const binding: import('../lib/binding.d.ts').Binding & {
    default?: import('../lib/binding.d.ts').Binding;
  };
  export = binding;
}

/** webpack puts the real `require` in its place. */
declare const __non_webpack_require__: NodeJS.Require | undefined;
