/**
 * The version of the product, as `--version` and the health check tell it.
 * Layer: common.
 */
export const VERSION = "0.1.0";
