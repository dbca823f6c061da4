/** A value that JSON can hold: what a tracer returns. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
