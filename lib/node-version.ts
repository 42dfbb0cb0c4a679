/** As in package.json. */
const OLDEST_NODE = '20.19';

// Before 20.16 and 22.3, Node would only say that `process.getBuiltinModule` is not a function.
if (typeof process.getBuiltinModule !== 'function') {
  throw new Error(
    `verify-workos-token needs Node.js ${OLDEST_NODE} or newer, and this is Node ${process.versions.node}`,
  );
}
