// The list of saved searches: deleting one with a way back.
import { wireSaving } from "../search/memory.js";

wireSaving(() => "");
