#!/usr/bin/env bash
# DevStack plugin: Nova with the PCI classes of nova-pci-ext.
#
#   [[local|localrc]]
#   enable_plugin nova-pci-ext <URL of this repository>
#
# DevStack calls it as: plugin.sh <mode> [phase]. devstack/settings has what
# local.conf can set.

# Nova is installed from its source tree here, and looks for drivers in that
# tree only.
function link_nova_pci_ext_drivers {
    ln -sfn "$NOVA_PCI_EXT_DIR/nova/virt/pci_ext" "$NOVA_DIR/nova/virt/pci_ext"
}

function install_nova_pci_ext {
    local extras=""
    if [[ "$NOVA_PCI_EXT_DRIVER" == "pci_ext.RecordedDriver" ]]; then
        extras="quickstart"
    fi
    setup_develop "$NOVA_PCI_EXT_DIR" $extras
    link_nova_pci_ext_drivers
}

# One value a line, each becomes a line of nova.conf. DevStack adds a line at
# the head of the group, hence from the last to the first; its
# iniset_multiline would break values at their blanks.
function set_nova_pci_ext_lines {
    local group=$1 option=$2 values=$3 add=iniset line
    inidelete "$NOVA_CONF" "$group" "$option"
    while read -r line; do
        if [[ -n "$line" ]]; then
            $add "$NOVA_CONF" "$group" "$option" "$line"
            add=iniadd_literal
        fi
    done < <(tac <<< "$values")
}

function configure_nova_pci_ext {
    local filters
    filters=$(iniget "$NOVA_CONF" filter_scheduler enabled_filters)
    if [[ ",$filters," != *,PciPassthroughFilter,* ]]; then
        iniset "$NOVA_CONF" filter_scheduler enabled_filters \
            "${filters:+$filters,}PciPassthroughFilter"
    fi
    # Ours is listed last: of two filters of one name Nova takes the last.
    set_nova_pci_ext_lines filter_scheduler available_filters \
        "nova.scheduler.filters.all_filters
nova_pci_ext.scheduler.filters.PciPassthroughFilter"
    set_nova_pci_ext_lines pci device_spec "$NOVA_PCI_EXT_DEVICE_SPEC"
    set_nova_pci_ext_lines pci alias "$NOVA_PCI_EXT_ALIAS"
    iniset "$NOVA_CONF" DEFAULT compute_driver "$NOVA_PCI_EXT_DRIVER"
    if [[ -n "$NOVA_PCI_EXT_INVENTORY" ]]; then
        iniset "$NOVA_CONF" pci_ext recorded_inventory "$NOVA_PCI_EXT_INVENTORY"
    fi
    if [[ -n "$NOVA_PCI_EXT_METRICS_LISTEN" ]]; then
        iniset "$NOVA_CONF" pci_ext metrics_listen "$NOVA_PCI_EXT_METRICS_LISTEN"
    fi
    "$NOVA_BIN_DIR/nova-pci" check --config-file "$NOVA_CONF" ||
        [[ $? -eq 1 ]] || die $LINENO "the PCI options of $NOVA_CONF have faults"
}

if is_service_enabled nova; then
    case "$1 ${2:-}" in
    "stack install")
        echo_summary "Installing nova-pci-ext"
        install_nova_pci_ext
        ;;
    "stack post-config")
        echo_summary "Configuring nova-pci-ext"
        configure_nova_pci_ext
        ;;
    "clean ")
        rm -f "$NOVA_DIR/nova/virt/pci_ext"
        ;;
    esac
fi
