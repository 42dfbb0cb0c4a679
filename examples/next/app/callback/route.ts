import { handleAuth } from '@workos-inc/authkit-nextjs';

/** Where WorkOS sends people back to: the redirect URI of the dashboard. */
export const GET = handleAuth();
