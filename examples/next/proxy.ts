import { authkitProxy } from '@workos-inc/authkit-nextjs';
import { NextResponse } from 'next/server';
import { standIn } from './stand-in';

/** AuthKit keeps the session in a sealed cookie and refreshes it; `withAuth` needs this to run. */
export default standIn ? () => NextResponse.next() : authkitProxy();

// Not the API: its callers bring their token themselves.
export const config = { matcher: ['/'] };
