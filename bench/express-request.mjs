/** The least of a request of Express that middleware for bearer tokens reads. @param {string} token */
export function requestWith(token) {
  /** @type {Record<string, string>} */
  const headers = { host: 'localhost', authorization: `Bearer ${token}` };
  return {
    method: 'GET',
    protocol: 'http',
    url: '/',
    originalUrl: '/',
    headers,
    query: {},
    get: (/** @type {string} */ name) => headers[name.toLowerCase()],
    is: () => false,
  };
}
