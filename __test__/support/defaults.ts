// Options as a module: `import * as defaults` gives an object without a prototype.
export const organizationId = 'org_good';
