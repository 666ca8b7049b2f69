/* A Modbus server on libmodbus, independent of ours: the registers of the example maps and of a weather station.
 *
 *   modbus_peer tcp PORT weather|mapped       modbus_peer rtu PATH weather|mapped
 *
 * Prints "ready", then one line for each write: function, address, and what stands there now.
 * Registers are set raw: the float helpers of some libmodbus versions swap bytes.
 */
#include <errno.h>
#include <modbus/modbus.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static modbus_mapping_t *make_mapping(const char *what)
{
    static const uint16_t weather[] = {5000, 2500, 9200, 0};
    /* 40.03 km/h, 976.5 N, 10.85 kW as floats ABCD; 27.1 %; state 2 */
    static const uint16_t mapped[] = {0x4220, 0x1EB8, 0x4474, 0x2000, 0x412D, 0x999A, 271, 0};
    modbus_mapping_t *mapping = modbus_mapping_new(3, 3, 32, 8);
    if (mapping == NULL)
        return NULL;
    if (strcmp(what, "weather") == 0)
        memcpy(mapping->tab_input_registers, weather, sizeof weather);
    else
        memcpy(mapping->tab_input_registers, mapped, sizeof mapped);
    mapping->tab_input_bits[0] = 1; /* e-stop circuit whole */
    mapping->tab_input_bits[1] = 0;
    mapping->tab_input_bits[2] = 1; /* rear barrier interrupted */
    return mapping;
}

static void tell(const uint8_t *pdu, const modbus_mapping_t *mapping)
{
    int address = pdu[1] << 8 | pdu[2];
    if (pdu[0] == 5)
        printf("%d %d %d\n", pdu[0], address, mapping->tab_bits[address]);
    else if (pdu[0] == 6)
        printf("%d %d %d\n", pdu[0], address, mapping->tab_registers[address]);
    else if (pdu[0] == 16)
        printf("%d %d %d %d\n", pdu[0], address, mapping->tab_registers[address], mapping->tab_registers[address + 1]);
    else
        return;
    fflush(stdout);
}

/* Answer until the line is closed. */
static void serve(modbus_t *line, modbus_mapping_t *mapping, int endless)
{
    uint8_t query[MODBUS_MAX_ADU_LENGTH];
    for (;;) {
        int length = modbus_receive(line, query);
        if (length > 0) {
            modbus_reply(line, query, length, mapping);
            tell(query + modbus_get_header_length(line), mapping);
        } else if (length == -1 && !endless) {
            return;
        } else if (length == -1) {
            if (errno == EIO || errno == EBADF)
                return;
            modbus_flush(line);
        }
    }
}

int main(int count, char **words)
{
    if (count != 4) {
        fprintf(stderr, "usage: modbus_peer tcp|rtu PORT|PATH weather|mapped\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* never outlive the test */
    modbus_mapping_t *mapping = make_mapping(words[3]);
    int tcp = strcmp(words[1], "tcp") == 0;
    modbus_t *line = tcp ? modbus_new_tcp("127.0.0.1", atoi(words[2])) : modbus_new_rtu(words[2], 9600, 'N', 8, 1);
    if (line == NULL || mapping == NULL)
        return 1;
    if (!tcp) {
        modbus_set_slave(line, 1);
        if (modbus_connect(line) == -1) {
            fprintf(stderr, "%s\n", modbus_strerror(errno));
            return 1;
        }
        puts("ready");
        fflush(stdout);
        serve(line, mapping, 1);
        return 0;
    }
    int listener = modbus_tcp_listen(line, 1);
    if (listener == -1) {
        fprintf(stderr, "%s\n", modbus_strerror(errno));
        return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        if (modbus_tcp_accept(line, &listener) == -1)
            return 1;
        serve(line, mapping, 0);
        modbus_close(line);
    }
}
