// Promises as the engine has them. A program may replace the class that is global, and promises of
// another class would be taken for values.

/** The class of what async functions return, whatever is global. */
export const NativePromise = (async () => {})().constructor as PromiseConstructor;

/** Whether a value is a promise of that class, whatever it says of itself. */
export const { isPromise } = process.getBuiltinModule('node:util').types;
