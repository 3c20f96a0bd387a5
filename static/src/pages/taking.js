// For pages without a grid: formats, collections and sharing of what a button names.
import { wireTaking } from "../taking/take.js";
import { wireCollecting } from "../taking/collect.js";
import { listenForSharing, wireSharing } from "../taking/share.js";

wireTaking(null);
wireCollecting(null);
wireSharing();
listenForSharing();
