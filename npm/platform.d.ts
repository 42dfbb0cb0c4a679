/** webpack puts the real `require` in its place. */
declare const __non_webpack_require__: NodeJS.Require | undefined;
