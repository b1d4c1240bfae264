import { define } from '../define.js';
import { SidebarGroup } from './sidebar-group.js';
import { SidebarItem } from './sidebar-item.js';
import { Sidebar } from './sidebar.js';

define('bl-sidebar-item', SidebarItem);
define('bl-sidebar-group', SidebarGroup);
define('bl-sidebar', Sidebar);
