import { authkitProxy } from '@workos-inc/authkit-nextjs';

/** AuthKit keeps the session in a sealed cookie and refreshes it; `withAuth` needs this to run. */
export default authkitProxy();

// Not the API: its callers bring their token themselves.
export const config = { matcher: ['/'] };
