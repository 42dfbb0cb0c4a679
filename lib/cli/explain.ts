export const explain = 1 as any;
